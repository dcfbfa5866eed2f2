// Records one history of each workflow of a running product: `node test/histories/record.ts
// <directory id>`, with TEMPORAL_ADDRESS. Writes <workflow type>.<what it shows>.json beside this file.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import {
  backfillId,
  directorySyncId,
  EVENTS_POLLER_ID,
  OUTBOX_ID,
  outboxLaneId,
  retentionId,
} from '../../workflows/contract.ts';

const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
const directory = process.argv[2];
if (directory === undefined) throw new Error('Name the directory: record.ts <directory id>.');
const connection = await Connection.connect({ address });
const client = new Client({ connection });
const recorded = {
  'directorySync.company': directorySyncId(directory),
  'backfill.company': backfillId(directory, 1),
  'retention.leaver': retentionId(directory),
  'eventsPoller.company': EVENTS_POLLER_ID,
  'deliverOutbox.company': OUTBOX_ID,
  // With a receiver that was down for a while.
  'deliverOutbox.webhook': outboxLaneId('webhook'),
};
for (const [name, workflowId] of Object.entries(recorded)) {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const path = fileURLToPath(new URL(`${name}.json`, import.meta.url));
  await writeFile(path, `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
  process.stdout.write(`${path}\n`);
}
await connection.close();
