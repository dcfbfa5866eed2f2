import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** A client of Temporal and the end of its connection. */
export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  /** Ends the connection; a second call does nothing. */
  readonly close: () => Promise<void>;
}

/**
 * A client for the server that the TEMPORAL_* variables of `env` name. Connects at its first call,
 * so a process starts while Temporal is down. Throws at once when the variables are wrong.
 */
export const connectTemporal = (env: NodeJS.ProcessEnv): Temporal => {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(
      Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  });
  const connection = Connection.lazy(connectionOptions);
  return {
    client: new Client({ connection, namespace }),
    connection,
    namespace,
    close: () => connection.close(),
  };
};
