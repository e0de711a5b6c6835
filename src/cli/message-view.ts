import type {Received} from '../client/session-client.ts';
import {bytesToHex} from '../protocol/bytes.ts';
import {printable} from './printable.ts';

/** One message for machines: bytes as 0x-hex, times in Unix ms. */
export function messageData({id, sender, timeMs, expiryMs, content}: Received) {
  const isText = content.type === 'text';
  return {
    id: `0x${bytesToHex(id)}`,
    from: bytesToHex(sender),
    timeMs: Number(timeMs),
    expiryMs: Number(expiryMs),
    ...(isText ? {text: content.value} : {bytes: `0x${bytesToHex(content.value)}`}),
  };
}

/** One message for people: who, when, what. A stranger's text cannot speak to the terminal. */
export function messageText({sender, timeMs, content}: Received): string {
  const time = new Date(Number(timeMs)).toISOString().replace('T', ' ').slice(0, 19);
  const body =
    content.type === 'text' ? printable(content.value) : `(${content.value.length} bytes of data)`;
  const lines = body.split('\n').map((line) => `  ${line}`);
  return `${time} UTC  from ${bytesToHex(sender)}\n${lines.join('\n')}`;
}
