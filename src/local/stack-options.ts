import type { WorkOS } from '@workos-inc/node';
import type { Lineup, PartName } from './lineup.ts';
import type { Progress } from './progress.ts';

/** What the local stack is made of, and where it reports. */
export interface StartStackOptions {
  env: NodeJS.ProcessEnv;
  /** An absolute path. */
  dataDir: string;
  /** Absolute paths of our own processes. */
  scripts: { server: string; worker: string; simulator: string };
  /** A client of WorkOS at a base URL. */
  workosAt: (url: string, key: string) => Pick<WorkOS, 'webhooks'>;
  progress: Progress;
  /** A line that a server, worker or simulator wrote. */
  onLine: (name: PartName, line: string) => void;
  /** Where the running parts are added, so that they can be stopped at any moment. */
  lineup: Lineup;
}
