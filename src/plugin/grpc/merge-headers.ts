import type {HttpHeader} from '../http-router.ts';

/** Ours replace the node's of the same name; the node drops all that are not sent back. */
export function mergeHeaders(
  given: readonly HttpHeader[],
  own: readonly HttpHeader[],
): readonly HttpHeader[] {
  const names = new Set(own.map(({key}) => key));
  return [...given.filter(({key}) => !names.has(key)), ...own];
}
