import pc from 'picocolors';
import { WEBHOOK_PATH } from '../domain/webhook-path.ts';
import type { StackEnvironment } from './stack-file.ts';
import { localUrl } from './local-url.ts';

/** What `npm start` prints when everything runs: where each part is, and what to try. */
export function describeStack(options: { stack: StackEnvironment; dataDir: string }): string {
  const { stack, dataDir } = options;
  const base = localUrl(stack.HOST, stack.PORT);
  const places: [string, string][] = [
    ['Webhook endpoint', `${base}${WEBHOOK_PATH}`],
    [
      'Temporal',
      stack.TEMPORAL_UI_URL === undefined
        ? stack.TEMPORAL_ADDRESS
        : `${stack.TEMPORAL_UI_URL}  (Web UI; the service is at ${stack.TEMPORAL_ADDRESS})`,
    ],
    stack.SIMULATOR_URL === undefined
      ? ['WorkOS', stack.WORKOS_API_URL]
      : ['WorkOS simulator', `${stack.SIMULATOR_URL}  (a small company that lives)`],
    ['MongoDB', withoutPassword(stack.MONGODB_URI)],
    ['Data', dataDir],
  ];
  const commands = [
    'npm run dsync -- status',
    ...(stack.SIMULATOR_URL === undefined ? [] : ['npm run dsync -- simulate leaver']),
    'npm run dsync -- user show <id>',
  ];
  return [
    '',
    pc.bold(pc.green('Directory Sync is running.')),
    '',
    ...places.map(([name, place]) => `  ${name.padEnd(18)}${pc.cyan(place)}`),
    '',
    'Try next, in another terminal:',
    ...commands.map((command) => `  ${command}`),
    '',
    'Ctrl-C stops all of it. The data stays, and the next start goes on where this one stopped.',
    '',
  ].join('\n');
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:***@');
}
