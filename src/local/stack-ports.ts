import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, isPortFree } from './free-port.ts';

/** The port of each server of the local stack. */
export interface StackPorts {
  server: number;
  temporal: number;
  temporalUi: number;
  simulator: number;
  mongo: number;
}

const usual: StackPorts = {
  server: 3000,
  temporal: 7233,
  temporalUi: 8233,
  simulator: 4010,
  mongo: 27017,
};

/**
 * The ports of the last start in this data folder, otherwise the usual ones; one that is taken is
 * replaced by a free one. An explicit port of the server is taken as it is (0: any free one); throws an Error with
 * one sentence when that one is in use.
 */
export async function chooseStackPorts(options: {
  dataDir: string;
  serverPort: number | undefined;
}): Promise<StackPorts> {
  const { dataDir, serverPort } = options;
  const file = join(dataDir, 'ports.json');
  const last = await readPorts(file);
  const pick = (name: keyof StackPorts): Promise<number> => freePort(last[name], usual[name]);
  if (serverPort !== undefined && serverPort !== 0 && !(await isPortFree(serverPort))) {
    throw new Error(
      `PORT is ${serverPort}, which another program is using; set PORT to a free port or end that program.`,
    );
  }
  const ports: StackPorts = {
    server: serverPort === 0 ? await freePort() : (serverPort ?? (await pick('server'))),
    temporal: await pick('temporal'),
    temporalUi: await pick('temporalUi'),
    simulator: await pick('simulator'),
    mongo: await pick('mongo'),
  };
  await writeFile(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

async function readPorts(file: string): Promise<StackPorts> {
  try {
    const read: Partial<StackPorts> = JSON.parse(await readFile(file, 'utf8'));
    return { ...usual, ...read };
  } catch {
    return usual;
  }
}
