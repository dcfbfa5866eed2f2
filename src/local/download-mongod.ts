import { MongoBinary } from 'mongodb-memory-server-core';
import { oneLine } from './error-code.ts';

/**
 * Run as a process of its own so that it can be given up: `download-mongod.ts FOLDER` prints the path,
 * or why there is none and fails.
 */
try {
  const path = await MongoBinary.getPath({ downloadDir: String(process.argv[2]) });
  process.stdout.write(`\nmongod=${path}\n`);
} catch (error) {
  process.stderr.write(`\n${oneLine(error)}\n`);
  process.exit(1);
}
