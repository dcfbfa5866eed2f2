export { backfill } from './backfill.ts';
export { deliverOutbox } from './deliver-outbox.ts';
export { directorySync } from './directory-sync.ts';
export { eventsPoller } from './events-poller.ts';
export { retention } from './retention.ts';
