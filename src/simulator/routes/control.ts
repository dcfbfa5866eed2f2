import type { FastifyInstance } from 'fastify';
import { acts } from '../acts/perform.ts';
import { one, readQuery } from '../query.ts';
import { Refusal } from '../refusal.ts';
import { describeScenarios } from '../scenarios/play.ts';
import type { Controls } from '../controls.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Everything under /_simulator: no key, loopback only, JSON in and out. */
export const controlRoutes = async (app: FastifyInstance, controls: Controls): Promise<void> => {
  app.addHook('onRequest', async (request) => {
    if (!LOOPBACK.has(request.ip)) {
      throw new Refusal(403, 'The simulator is controlled from this machine only.');
    }
  });

  app.get('/health', () => controls.health());
  app.get('/truth', (request) =>
    controls.truth(one(readQuery(request.query, ['directory']), 'directory')),
  );
  app.get('/knobs', () => controls.knobs());
  app.put('/knobs', (request) => controls.setKnobs(request.body));
  app.get('/acts', () =>
    Object.entries(acts).map(([name, { description, parameters }]) => ({
      name,
      description,
      parameters,
    })),
  );
  app.post('/acts', (request) => controls.perform(request.body));
  app.get('/scenarios', () => describeScenarios());
  app.post<{ Params: { name: string } }>('/scenarios/:name', (request) =>
    controls.play(request.params.name, request.body ?? {}),
  );
};
