import type { FastifyInstance } from 'fastify';
import type { WorkerPresence } from '../temporal/worker-presence.ts';
import { within } from './within.ts';

export interface HealthDeps {
  /** Resolves when MongoDB answers and its indexes are there. */
  readonly pingDatabase: () => Promise<unknown>;
  readonly workerPresence: () => Promise<WorkerPresence>;
}

const DEADLINE_MS = 3000;

/** `/health/live`: the process answers. `/health/ready`: so does all that it needs. */
export const healthRoutes =
  ({ pingDatabase, workerPresence }: HealthDeps) =>
  (app: FastifyInstance, _options: object, done: () => void): void => {
    app.get('/health/live', () => ({ live: true }));

    app.get('/health/ready', async (_request, reply) => {
      const [mongodb, presence] = await Promise.all([
        within(DEADLINE_MS, pingDatabase()).then(
          () => true,
          () => false,
        ),
        within(DEADLINE_MS, workerPresence()).catch(() => 'temporal-down' as const),
      ]);
      const parts = {
        mongodb,
        temporal: presence === 'polling' || presence === 'no-worker',
        worker: presence === 'polling',
      };
      const missing = Object.entries(parts).flatMap(([part, there]) => (there ? [] : [part]));
      const ready = missing.length === 0;
      return reply.code(ready ? 200 : 503).send({ ready, ...parts, missing });
    });
    done();
  };
