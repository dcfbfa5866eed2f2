import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** The README and every page of docs, by path. */
export const PAGES: readonly string[] = ['README.md'].concat(
  ['docs/', 'docs/adr/', 'docs/guides/'].flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`),
  ),
);

/** The text of a file of the project. */
export const readPage = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Every command of `dsync` in a shell block of the documentation, once, as its words. */
export const documentedCommands = (): readonly (readonly string[])[] => {
  const commands = PAGES.flatMap((path) =>
    [...readPage(path).matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
      [...block.matchAll(/^npm run dsync -- ([^#\n]+)/gm)].map(([, command = '']) =>
        command.trim(),
      ),
    ),
  );
  return [...new Set(commands)].map((command) => command.split(/\s+/));
};
