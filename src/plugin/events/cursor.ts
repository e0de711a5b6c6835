import {CodecError} from '../../protocol/errors.ts';

/** Where an event is: its block, and its place in it. */
export type EventCursor = {readonly height: bigint; readonly index: number};

const CURSOR = /^(0|[1-9][0-9]{0,19})\/(0|[1-9][0-9]{0,9})$/;
const MAX_U64 = (1n << 64n) - 1n;
const MAX_U32 = 0xffff_ffff;

/** The cursor after which the next block's events come. */
export const endOfBlock = (height: bigint): EventCursor => ({height, index: MAX_U32});

/** Place of the first event after a cursor. Genesis, block 0, is no event: all come after it. */
export function placeAfter({height, index}: EventCursor): EventCursor {
  return height === 0n || index === MAX_U32
    ? {height: height + 1n, index: 0}
    : {height, index: index + 1};
}

export const cursorToString = ({height, index}: EventCursor): string => `${height}/${index}`;

/**
 * Reads `height/index`, both decimal. An index beyond its block's events stands for its end.
 * @throws CodecError CODEC_BAD_TEXT
 */
export function cursorFromString(text: string): EventCursor {
  const [, height, index] = CURSOR.exec(text) ?? [];
  const cursor = {height: BigInt(height ?? -1), index: Number(index ?? -1)};
  if (height === undefined || cursor.height > MAX_U64 || cursor.index > MAX_U32) {
    throw new CodecError('CODEC_BAD_TEXT', {expected: 'height/index', text: text.slice(0, 40)});
  }
  return cursor;
}
