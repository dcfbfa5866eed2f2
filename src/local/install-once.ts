import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { isExecutable } from './executable-search.ts';
import { isAlive } from './process-table.ts';

/**
 * Fills a new folder and then gives it the name `target`, so that an interrupted installation is
 * never taken for a good one, and two that run at once both end with a good one.
 * Resolves to the path of `executable` in it. When it is there already nothing is done.
 */
export async function installOnce(options: {
  target: string;
  executable: string;
  fill: (scratch: string) => Promise<void>;
}): Promise<string> {
  const { target, fill } = options;
  const executable = join(target, options.executable);
  if (await isExecutable(executable)) return executable;

  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const scratch = join(parent, `.scratch-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(scratch);
  try {
    await fill(scratch);
    if (!(await isExecutable(join(scratch, options.executable)))) {
      throw new Error(`What was installed holds no ${options.executable}.`);
    }
    if (!(await isExecutable(executable))) await rm(target, { recursive: true, force: true });
    await rename(scratch, target).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster; its folder is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return executable;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^\.scratch-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}
