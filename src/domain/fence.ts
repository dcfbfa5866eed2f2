import { fenceVersion, versionTime, type Version } from './version.ts';

const SERVER_MARGIN_MS = 2000;
const LOCAL_MARGIN_MS = 30_000;
/** A Date header names whole seconds. */
const DATE_RESOLUTION_MS = 1000;

/**
 * The fence of a listing: the moment it began on WorkOS's clock, a little early. `date` is the Date
 * header of its first answer, `now` this machine's clock; both epoch milliseconds. A fence that is
 * late would lose deletions; one that is early only defers.
 */
export const fenceOf = (listing: { readonly date: number | null; readonly now: number }): Version =>
  fenceVersion(
    listing.date === null ? listing.now - LOCAL_MARGIN_MS : listing.date - SERVER_MARGIN_MS,
  );

/**
 * Whether a listing with this fence began after what happened at `version`, as far as a Date header
 * can tell: whatever that was, the listing has read it.
 */
export const beganAfter = (fence: Version, version: Version): boolean =>
  versionTime(version) < versionTime(fence) + SERVER_MARGIN_MS + DATE_RESOLUTION_MS;
