import {asciiBytes, equalBytes} from './bytes.ts';
import type {Codec} from './codec.ts';
import {CodecError} from './errors.ts';

/** The first bytes of a file, readable with any tool; a file without them is something else. */
export function magic(line: string, expected: string): Codec<undefined> {
  const bytes = asciiBytes(line);
  return {
    name: `magic of ${expected}`,
    maxSize: bytes.length,
    read(from) {
      if (!equalBytes(from.bytes(bytes.length), bytes)) {
        throw new CodecError('CODEC_BAD_TEXT', {expected});
      }
    },
    write: (to) => to.bytes(bytes),
  };
}
