import { Type, type TSchema } from 'typebox';
import { EVENT_STATUSES, EVENT_VIAS } from '../store/list-events.ts';
import { MOST_DAYS } from '../store/statistics-days.ts';
import type { DirectoryHealth } from '../store/directory-health.ts';

/**
 * What `/api/v1` takes and answers. Only what stands here leaves the server: a field that a schema
 * does not name is dropped, so personal data cannot slip out by a query that reads too much.
 */
const Id = Type.String({ minLength: 1, maxLength: 255 });
const Time = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });
const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const oneOf = <Word extends string>(words: readonly Word[]) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words] });
const Count = Type.Integer({ minimum: 0 });

const limit = (usual: number) => Type.Integer({ minimum: 1, maximum: 100, default: usual });
const Cursor = Type.String({ minLength: 1, maxLength: 1024 });
const Days = Type.Integer({ minimum: 1, maximum: MOST_DAYS, default: 30 });
const strict = { additionalProperties: false } as const;

export const ById = Type.Object({ id: Id }, strict);
export const NoQuery = Type.Object({}, strict);
export const DirectoriesQuery = Type.Object(
  { limit: limit(20), cursor: Type.Optional(Cursor) },
  strict,
);
export const DaysQuery = Type.Object({ days: Days }, strict);
export const AllStatisticsQuery = Type.Object(
  { days: Days, limit: limit(20), cursor: Type.Optional(Cursor) },
  strict,
);
export const EventsQuery = Type.Object(
  {
    directory: Type.Optional(Id),
    type: Type.Optional(Id),
    status: Type.Optional(oneOf(EVENT_STATUSES)),
    via: Type.Optional(oneOf(EVENT_VIAS)),
    limit: limit(50),
    cursor: Type.Optional(Cursor),
  },
  strict,
);
export const MembersQuery = Type.Object(
  { limit: limit(100), cursor: Type.Optional(Cursor) },
  strict,
);

const Health = Type.Object({
  id: Id,
  name: orNull(Type.String()),
  organizationId: orNull(Id),
  type: orNull(Type.String()),
  state: Type.Unsafe<DirectoryHealth['state']>(Type.String()),
  syncStatus: Type.Unsafe<DirectoryHealth['syncStatus']>(Type.String()),
  enabled: Count,
  people: Count,
  groups: Count,
  pending: Count,
  parked: Count,
  oldestPendingAt: orNull(Time),
  lagMs: Count,
  lastEventAt: orNull(Time),
  lastAppliedAt: orNull(Time),
  lastSyncedAt: orNull(Time),
  heldRemovals: Count,
  attention: orNull(Type.String()),
});

const Percentile = orNull(Count);
const Events = Type.Array(
  Type.Object({
    type: Type.String(),
    received: Count,
    applied: Count,
    ignored: Count,
    parked: Count,
    pending: Count,
    lagMs: Type.Object({ p50: Percentile, p95: Percentile, p99: Percentile }),
  }),
);
const Daily = Type.Array(Type.Object({ day: Type.String(), applied: Count }));
const Next = orNull(Type.String());

export const IndexAnswer = Type.Object({ routes: Type.Array(Type.String()) });
export const DirectoryAnswer = Health;
export const DirectoriesAnswer = Type.Object({ directories: Type.Array(Health), next: Next });
export const StatisticsAnswer = Type.Object({
  directory: Id,
  days: Count,
  since: Time,
  events: Events,
  daily: Daily,
  changes: Type.Array(Type.Object({ type: Type.String(), count: Count })),
});
export const AllStatisticsAnswer = Type.Object({
  days: Count,
  since: Time,
  total: orNull(Type.Object({ events: Events, daily: Daily })),
  directories: Type.Array(Type.Object({ directory: Id, events: Events })),
  next: Next,
});
export const EventsAnswer = Type.Object({
  events: Type.Array(
    Type.Object({
      id: Id,
      directoryId: orNull(Id),
      type: Type.String(),
      createdAt: Time,
      receivedAt: Time,
      via: oneOf(EVENT_VIAS),
      status: oneOf(EVENT_STATUSES),
      settledAt: orNull(Time),
      attempts: Count,
      error: orNull(Type.String()),
    }),
  ),
  next: Next,
});
export const PersonAnswer = Type.Object({
  id: Id,
  directoryUserId: Id,
  directoryId: Id,
  organizationId: orNull(Id),
  state: oneOf(['active', 'inactive']),
  enabled: Type.Boolean(),
  groups: Type.Array(Id),
  roles: Type.Array(
    Type.Object({
      role: Type.String(),
      source: oneOf(['directory_sync', 'workos', 'manual']),
      via: Type.Array(Id),
    }),
  ),
  sessionsRevokedAt: orNull(Time),
  deletedAt: orNull(Time),
  deletionReason: orNull(Type.String()),
  hardDeleteAt: orNull(Time),
  legalHold: Type.Boolean(),
  held: orNull(Type.Object({ reason: Type.String(), since: Time })),
  createdAt: Time,
  updatedAt: Time,
});
export const GroupAnswer = Type.Object({
  id: Id,
  directoryId: Id,
  organizationId: orNull(Id),
  name: orNull(Type.String()),
  deletedAt: orNull(Time),
  memberCount: Count,
  members: Type.Array(Type.Object({ directoryUserId: Id, userId: Id })),
  next: Next,
});
