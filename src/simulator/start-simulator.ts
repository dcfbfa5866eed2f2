import { createApp } from './app.ts';
import { createControls } from './controls.ts';
import type { Controls } from './controls.ts';
import { createDeliveries } from './deliveries.ts';
import { createIds } from './ids.ts';
import { keepEndpoint } from './keep-endpoint.ts';
import type { Knobs } from './knobs.ts';
import { startLiving } from './living.ts';
import { createRandom } from './random.ts';
import { openWorld } from './world.ts';

export type SimulatorOptions = {
  /** 0 (the default) takes any free port. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Where the world is kept; without it, it ends with the process. */
  readonly dataFile?: string | undefined;
  readonly seed?: number | undefined;
  /** Milliseconds; the system's clock by default. */
  readonly now?: (() => number) | undefined;
  /** Set at the start, over those of the data file. */
  readonly knobs?: Partial<Knobs> | undefined;
  /** Played if there is no directory yet. */
  readonly scenario?: string | undefined;
  /** Where webhooks go from the start, for who may not register it by the API. */
  readonly endpoint?: { readonly url: string; readonly secret: string } | undefined;
  /** One small change every so many seconds. */
  readonly livingSeconds?: number | undefined;
};

export type Simulator = Controls & {
  /** Base URL, without a slash at the end; for `WORKOS_API_URL`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Any key that begins with `sk_` will do; this is one. */
  readonly apiKey: string;
  /** Ends the server and the webhooks in flight; a second call does nothing. */
  readonly close: () => Promise<void>;
};

const DEFAULT_SEED = 1;

/** Starts a simulated WorkOS. Throws when the port is taken, the data file damaged, a knob or the scenario unknown. */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { host = '127.0.0.1', port = 0, seed = DEFAULT_SEED, now = Date.now } = options;
  const deliveries = createDeliveries({ now, random: createRandom(seed + 1) });
  const world = openWorld({
    dataFile: options.dataFile,
    now,
    random: createRandom(seed),
    ids: createIds(createRandom(seed + 2)),
    planDeliveries: deliveries.plan,
    onDeliveries: deliveries.enqueue,
  });
  const controls = createControls(world, deliveries.counts);
  const app = createApp({ world, controls, random: createRandom(seed + 3) });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    living?.stop();
    await deliveries.stop();
    await app.close();
    world.close();
  };
  let living: ReturnType<typeof startLiving> | undefined;
  try {
    await app.listen({ host, port });
    if (options.knobs !== undefined) controls.setKnobs(options.knobs);
    if (options.endpoint !== undefined) keepEndpoint(world, options.endpoint);
    deliveries.start(world);
    if (options.scenario !== undefined && world.state.directories.size === 0) {
      controls.play(options.scenario);
    }
  } catch (error) {
    await close();
    throw error;
  }
  if (options.livingSeconds !== undefined) living = startLiving(world, options.livingSeconds);

  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    ...controls,
    url: `http://${name}:${bound}`,
    host,
    port: bound,
    apiKey: 'sk_test_simulator',
    close,
  };
};
