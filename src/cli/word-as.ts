import {CodecError} from '../protocol/errors.ts';
import {usageError} from './errors.ts';

const SHOWN_CHARACTERS = 80;

function problemOf({code, details}: CodecError): string {
  switch (code) {
    case 'CODEC_BAD_TEXT':
      return `is not ${details['expected']}`;
    case 'CODEC_BAD_CHECKSUM':
      return 'has a checksum that does not hold';
    default:
      return 'is too short or too long';
  }
}

/**
 * What `read` makes of an id, key or address on the command line.
 * @throws CliError CLI_USAGE for a word that it does not take
 */
export function wordAs<T>(word: string, read: (word: string) => T): T {
  try {
    return read(word);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw usageError(
      `'${word.slice(0, SHOWN_CHARACTERS)}' ${problemOf(error)}: copy the id, key or address again, and whole`,
    );
  }
}
