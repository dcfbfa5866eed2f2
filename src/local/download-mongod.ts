import { MongoBinary } from 'mongodb-memory-server-core';

/** Run as a process of its own so that it can be given up: `download-mongod.ts FOLDER` prints the path. */
process.stdout.write(
  `\nmongod=${await MongoBinary.getPath({ downloadDir: String(process.argv[2]) })}\n`,
);
