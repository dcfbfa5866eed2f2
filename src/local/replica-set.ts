import { MongoClient, type Document } from 'mongodb';
import { errorCode } from './error-code.ts';
import type { SupervisedChild } from './supervised-child.ts';

/** The name that our one-node replica sets have. */
export const replicaSetName = 'local';

const notInitiated = 94;

/**
 * Makes a mongod the primary of its own one-node replica set, and waits until it is. A data folder
 * that was used on another port is given the new one. Throws the driver's error after a minute or
 * when the server ends. A second call changes nothing.
 */
export async function makePrimary(options: {
  port: number;
  child: SupervisedChild;
}): Promise<void> {
  const { port, child } = options;
  const host = `127.0.0.1:${port}`;
  const deadline = performance.now() + 60_000;
  // Direct: until it is initiated there is no replica set to discover.
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 500,
  });
  try {
    for (;;) {
      try {
        await configure(client, host);
        const hello = await client.db('admin').command({ hello: 1 });
        if (hello['isWritablePrimary'] === true) return;
      } catch (error) {
        if (child.hasEnded() || performance.now() > deadline) throw error;
      }
      if (performance.now() > deadline) throw new Error('It did not become primary.');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await client.close();
  }
}

interface ReplicaSetConfig extends Document {
  version: number;
  members: Document[];
}

async function configure(client: MongoClient, host: string): Promise<void> {
  const admin = client.db('admin');
  try {
    const { config }: { config?: ReplicaSetConfig } = await admin.command({ replSetGetConfig: 1 });
    const [member] = config?.members ?? [];
    if (member?.['host'] === host) return;
    const moved = {
      ...config,
      version: (config?.version ?? 0) + 1,
      members: [{ ...member, host }],
    };
    // Forced: with its old address the member is no longer a part of its own set.
    await admin.command({ replSetReconfig: moved, force: true });
  } catch (error) {
    if (errorCode(error) !== notInitiated) throw error;
    await admin.command({ replSetInitiate: { _id: replicaSetName, members: [{ _id: 0, host }] } });
  }
}
