import {type CodecValue, i16, oneOf, struct, u32, u64} from '../../protocol/codec.ts';

const VERSION = 1;
const UTC = -1;
/** From the beginning of the year 1, where Go's time begins, to 1970. */
const UNIX_SECONDS = 62_135_596_800n;
const MS_PER_SECOND = 1000n;
const NS_PER_MS = 1_000_000;

/** An instant as Go writes it into bytes. Host-protocol §2.9. */
export const GoTime = struct('GoTime', {
  version: oneOf<typeof VERSION>('version', [VERSION]),
  /** Since the beginning of the year 1. */
  seconds: u64,
  nanoseconds: u32,
  /** Minutes east of UTC; −1 for UTC itself. */
  zone: i16,
});
export type GoTime = CodecValue<typeof GoTime>;

/** @param unixMs undefined for Go's zero time, which stands for none */
export function toGoTime(unixMs: bigint | undefined): GoTime {
  if (unixMs === undefined) return {version: VERSION, seconds: 0n, nanoseconds: 0, zone: UTC};
  return {
    version: VERSION,
    seconds: unixMs / MS_PER_SECOND + UNIX_SECONDS,
    nanoseconds: Number(unixMs % MS_PER_SECOND) * NS_PER_MS,
    zone: UTC,
  };
}

/** Unix ms, rounded down; undefined for Go's zero time. */
export function fromGoTime({seconds, nanoseconds}: GoTime): bigint | undefined {
  if (seconds === 0n && nanoseconds === 0) return undefined;
  const wholeMs = BigInt(Math.floor(nanoseconds / NS_PER_MS));
  return (seconds - UNIX_SECONDS) * MS_PER_SECOND + wholeMs;
}
