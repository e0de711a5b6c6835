import {bytesToHex} from '../../protocol/bytes.ts';

/** Bytes as the API writes them. */
export const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
