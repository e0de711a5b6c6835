import {CodecError} from '../protocol/errors.ts';

/** Standard base64 with its padding, in its one spelling. @throws CodecError CODEC_BAD_TEXT */
export function base64ToBytes(text: string): Uint8Array {
  const bad = (): CodecError => new CodecError('CODEC_BAD_TEXT', {expected: 'base64'});
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw bad();
  const binary = atob(text);
  // The last digit may carry bits that belong to no byte.
  if (btoa(binary) !== text) throw bad();
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function bytesToBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
