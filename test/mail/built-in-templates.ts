import { readTemplates, type Templates } from '../../src/mail/read-templates.ts';

/** The templates of a worker that has none of its own, or those of `folder` besides. */
export const templatesIn = (folder: string | null = null): Templates => {
  const read = readTemplates(folder);
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  return read;
};
