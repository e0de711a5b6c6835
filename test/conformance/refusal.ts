import {expect} from 'vitest';

/** What a call that the plugin refuses rejects with; `text` is part of the plugin's error. */
export function refusal(text = ''): object {
  const details = {status: 'UNKNOWN', text: expect.stringContaining(text)};
  return {code: 'DEVNET_CALL', details: expect.objectContaining(details)};
}
