import {FileError} from '../daemon/files.ts';
import {CodecError} from '../protocol/errors.ts';

/**
 * What `read` makes of the bytes of a file that a person named.
 * @throws FileError FILE_MALFORMED when they are not `expected`, as in 'an identity file'
 */
export function readAs<T>(
  {
    path,
    expected,
    advice,
  }: {
    readonly path: string;
    readonly expected: string;
    /** What to do about it; to name another file unless said. */
    readonly advice?: string;
  },
  read: () => T,
): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const problem = error.message;
    throw new FileError(
      'FILE_MALFORMED',
      {path, expected, problem, ...(advice === undefined ? {} : {advice})},
      {cause: error},
    );
  }
}
