/** The first index whose position is not below the given one. */
export const lowerBound = (positions: readonly number[], position: number): number => {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Whether the ascending positions hold this one. */
export const hasPosition = (positions: readonly number[], position: number): boolean =>
  positions[lowerBound(positions, position)] === position;

/** Inserts in place, keeping the order; a position that is there already changes nothing. */
export const insertPosition = (positions: number[], position: number): void => {
  const index = lowerBound(positions, position);
  if (positions[index] !== position) positions.splice(index, 0, position);
};

/** Removes in place; a position that is not there changes nothing. */
export const removePosition = (positions: number[], position: number): void => {
  const index = lowerBound(positions, position);
  if (positions[index] === position) positions.splice(index, 1);
};
