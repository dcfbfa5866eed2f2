import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { templateProblem } from './check-template.ts';
import { TEMPLATE_NAMES, TEMPLATE_VARIABLES, type TemplateName } from './template-variables.ts';

/** The parts of one kind of mail; each is Mustache. */
export interface Template {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type Templates = Readonly<Record<TemplateName, Template>>;

/** What is wrong with somebody's own templates: one sentence each. */
export interface TemplateProblems {
  readonly problems: readonly string[];
}

const BUILT_IN = join(import.meta.dirname, 'templates');
const EXTENSIONS = ['txt', 'html'] as const;

/**
 * Reads the template of every kind of mail: each of its two files from `folder` where it has one,
 * else the built-in. Answers every problem at once, so that a worker does not start with any.
 */
export const readTemplates = (folder: string | null): Templates | TemplateProblems => {
  const own = ownFiles(folder);
  if (own === null) return { problems: ['MAIL_TEMPLATES_DIR is not a folder that can be read.'] };
  const problems = own
    .filter((file) => /\.(?:txt|html)$/u.test(file) && !FILES.includes(file))
    .map(
      (file) =>
        `MAIL_TEMPLATES_DIR has ${file}, which is no template; templates are ${FILES.join(', ')}.`,
    );
  const read = (file: string): string => {
    try {
      const where = folder !== null && own.includes(file) ? folder : BUILT_IN;
      return readFileSync(join(where, file), 'utf8')
        .replace(/^\uFEFF/u, '')
        .replaceAll('\r\n', '\n');
    } catch {
      problems.push(`The mail template ${file} cannot be read.`);
      return '';
    }
  };
  const templates = Object.fromEntries(
    TEMPLATE_NAMES.map((name) => [name, readTemplate(name, { read, problems })]),
  ) as Templates;
  return problems.length > 0 ? { problems } : templates;
};

const FILES = TEMPLATE_NAMES.flatMap((name) => EXTENSIONS.map((end) => `${name}.${end}`));

const ownFiles = (folder: string | null): readonly string[] | null => {
  if (folder === null) return [];
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
};

const readTemplate = (
  name: TemplateName,
  { read, problems }: { readonly read: (file: string) => string; readonly problems: string[] },
): Template => {
  const before = problems.length;
  const written = read(`${name}.txt`);
  const html = read(`${name}.html`);
  const [, subject = '', text = ''] = /^Subject: (.+)\n\n([\s\S]+)$/u.exec(written) ?? [];
  if (problems.length > before) return { subject, text, html };
  if (subject === '')
    problems.push(
      `The mail template ${name}.txt does not begin with a line "Subject: …" and an empty one.`,
    );
  const variables = TEMPLATE_VARIABLES[name];
  for (const [file, part, isHtml] of [
    [`${name}.txt`, subject, false],
    [`${name}.txt`, text, false],
    [`${name}.html`, html, true],
  ] as const) {
    const problem = templateProblem(part, { variables, html: isHtml });
    if (problem !== null) problems.push(`The mail template ${file} ${problem}.`);
  }
  return { subject, text, html };
};
