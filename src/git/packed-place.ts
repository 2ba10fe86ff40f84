import type { Pack } from './pack-index.ts';

/** Where a packed object begins. */
export interface PackedPlace {
  readonly pack: Pack;
  readonly offset: number;
  /** A further copy of the same object. */
  readonly other?: PackedPlace;
}

/** The places of an object but for that in one pack. */
export function withoutPack(
  place: PackedPlace | undefined,
  indexPath: string,
): PackedPlace | undefined {
  const left: PackedPlace[] = [];
  for (let at = place; at !== undefined; at = at.other)
    if (at.pack.indexPath !== indexPath) left.push(at);
  return left.reduceRight<PackedPlace | undefined>(
    (other, { pack, offset }) => placeAt(pack, offset, other),
    undefined,
  );
}

/** A place before others of the same object. */
export function placeAt(pack: Pack, offset: number, other: PackedPlace | undefined): PackedPlace {
  return other === undefined ? { pack, offset } : { pack, offset, other };
}
