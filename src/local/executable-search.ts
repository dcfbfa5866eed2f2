import { access, constants, readdir, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The first executable of this name in the folders of PATH, or undefined. */
export function onPath(name: string, path: string | undefined): Promise<string | undefined> {
  return firstExecutable(
    (path ?? '').split(delimiter).flatMap((dir) => (dir ? [join(dir, name)] : [])),
  );
}

/**
 * The executable of this name in the tools folder, put there by an earlier start or by hand:
 * `<name>`, `bin/<name>` or `<any folder>/bin/<name>`, the last of those by folder name.
 */
export async function inTools(name: string, toolsDir: string): Promise<string | undefined> {
  const folders = await readdir(toolsDir).catch(() => []);
  const installed = folders.filter((folder) => !folder.startsWith('.')).toSorted();
  return firstExecutable([
    join(toolsDir, name),
    join(toolsDir, 'bin', name),
    ...installed.toReversed().map((folder) => join(toolsDir, folder, 'bin', name)),
  ]);
}

/** Whether the path is a file that we may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isExecutable(path)) return path;
  return undefined;
}
