import { expect, test } from '@jest/globals';
import { durableUri, openDatabase } from '../../src/store/database.ts';

test.each([
  ['mongodb://host', 'mongodb://host/?w=majority&journal=true'],
  ['mongodb://host/', 'mongodb://host/?w=majority&journal=true'],
  ['mongodb://host/app', 'mongodb://host/app?w=majority&journal=true'],
  ['mongodb://host?replicaSet=rs', 'mongodb://host/?replicaSet=rs&w=majority&journal=true'],
  [
    'mongodb+srv://user:p%2Fw@host.example/app?retryWrites=true',
    'mongodb+srv://user:p%2Fw@host.example/app?retryWrites=true&w=majority&journal=true',
  ],
  ['mongodb://a,b:27018,c/app', 'mongodb://a,b:27018,c/app?w=majority&journal=true'],
  ['mongodb://host/app?w=3', 'mongodb://host/app?w=3&journal=true'],
  ['mongodb://host/app?w=1&journal=false', 'mongodb://host/app?w=1&journal=false'],
])('%s asks for durable writes unless it says otherwise', (uri, durable) => {
  expect(durableUri(uri)).toBe(durable);
});

test.each([
  ['mongodb://host', 'directory_sync'],
  ['mongodb://host/app', 'app'],
  ['mongodb://a,b:27018/app?w=majority', 'app'],
])('the driver writes to %s by majority and journaled', async (uri, name) => {
  const { client, db, events } = openDatabase(uri);
  expect(db.databaseName).toBe(name);
  for (const writer of [client, db, events])
    expect(writer.writeConcern).toMatchObject({ w: 'majority', journal: true });
  await client.close();
});
