import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** A client of Temporal and the end of its connection. */
export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  /** For a connection of another kind to the same server, such as a worker's. */
  readonly options: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  readonly namespace: string;
  /** Ends the connection; a second call does nothing. */
  readonly close: () => Promise<void>;
}

/** The variables cannot be used: one sentence, without their values. */
export interface TemporalProblem {
  readonly problems: readonly [string];
}

const UNUSABLE: TemporalProblem = {
  problems: ['TEMPORAL_* variables are not valid together, or name a file that cannot be read.'],
};

/**
 * A client for the server that the TEMPORAL_* variables of `env` name, or why there is none. Connects
 * at its first call, so a process starts while Temporal is down.
 */
export const connectTemporal = (env: NodeJS.ProcessEnv): Temporal | TemporalProblem => {
  const loaded = load(env);
  if (loaded === null) return UNUSABLE;
  const { connectionOptions, namespace = 'default' } = loaded;
  const connection = Connection.lazy(connectionOptions);
  return {
    client: new Client({ connection, namespace }),
    connection,
    options: connectionOptions,
    namespace,
    close: () => connection.close(),
  };
};

const load = (env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> | null => {
  try {
    return loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(
        Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      ),
    });
  } catch {
    // The library's sentence may hold a path, and its stack tells nobody anything.
    return null;
  }
};
