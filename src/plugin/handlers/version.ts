import {VERSION} from '../../protocol/version.ts';
import type {Empty, Unary, VersionResponse} from '../messages.ts';

/** `VM.Version`: answered in every state. */
export function version(): Unary<Empty, VersionResponse> {
  return () => ({version: `sessionvm/${VERSION}`});
}
