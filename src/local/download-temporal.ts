import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { oneLine } from './error-code.ts';

/**
 * Run as a process of its own so that it can be given up: `download-temporal.ts FOLDER KIND` leaves
 * the one executable of that kind ("dev-server", "time-skipping") in the folder, or says why not and
 * fails. The SDK downloads
 * only on its way to starting a server, so one is started and ended.
 */
const downloadDir = String(process.argv[2]);
const worker = import.meta.resolve('@temporalio/worker/package.json');
const { version }: { version: string } = JSON.parse(readFileSync(new URL(worker), 'utf8'));
Runtime.install({ logger: new DefaultLogger('ERROR') });
const exe = {
  type: 'cached-download',
  downloadDir,
  version: 'default',
  ttl: 0,
  sdkName: 'sdk-typescript',
  sdkVersion: version,
} as const;
const runtime = Runtime.instance();
const starting = runtime.createEphemeralServer(
  process.argv[3] === 'time-skipping'
    ? { type: 'time-skipping', exe, port: null, extraArgs: [] }
    : {
        type: 'dev-server',
        exe,
        ip: '127.0.0.1',
        namespace: 'default',
        port: null,
        uiPort: null,
        dbFilename: null,
        ui: false,
        log: { format: 'pretty', level: 'error' },
        extraArgs: [],
      },
);
try {
  await runtime.shutdownEphemeralServer(await starting);
} catch (error) {
  process.stderr.write(`\n${oneLine(error)}\n`);
  process.exit(1);
}
