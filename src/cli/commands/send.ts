import type {Contact} from '../../client/contact-card.ts';
import {contactOfDid} from '../../client/did-resolver.ts';
import type {Session} from '../../client/open-session.ts';
import {nodeIdToString} from '../../crypto/ids.ts';
import {FileError} from '../../daemon/files.ts';
import {bytesToHex, type SessionId} from '../../protocol/bytes.ts';
import {MAX_CONTENT_BYTES, type MessageContent} from '../../protocol/overlay/sealed-message.ts';
import type {Arguments} from '../arguments.ts';
import type {CliContext, Command} from '../command.ts';
import {
  CONTACTS_HELP,
  CONTACTS_OPTION,
  ContactBook,
  contactFromFile,
  sessionIdFrom,
} from '../contacts.ts';
import {usageError} from '../errors.ts';
import {didResolver, IDENTITY_HELP, IDENTITY_OPTION} from '../identity-chain.ts';
import {inboxIdentity, MESSENGER_HELP, MESSENGER_OPTIONS, openMessenger} from '../messenger.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {readStandardInput} from '../read-to-end.ts';
import {utf8Text} from '../utf8-text.ts';

function bounded<T extends string | Uint8Array>(value: T): T {
  const size = Buffer.byteLength(value);
  if (size === 0) throw usageError('there is no text to send');
  if (size <= MAX_CONTENT_BYTES) return value;
  throw usageError(`a message holds no more than ${MAX_CONTENT_BYTES} bytes`);
}

/** @throws CliError CLI_USAGE for nothing, too much, and bytes that are no text without `--bytes` */
async function contentOf(args: Arguments, signal: AbortSignal): Promise<MessageContent> {
  const [word, isBytes] = [args.at(0), args.flag('bytes')];
  if (word !== '-') {
    if (isBytes) throw usageError('--bytes are those of stdin: say - instead of TEXT');
    return {type: 'text', value: bounded(word)};
  }
  const value = bounded(await readStandardInput(MAX_CONTENT_BYTES, signal));
  if (isBytes) return {type: 'bytes', value};
  // Programs end their output with a line break.
  const text = utf8Text(value)?.replace(/\r?\n$/, '');
  if (text === undefined) throw usageError('stdin is no text in UTF-8: --bytes sends it as it is');
  return {type: 'text', value: bounded(text)};
}

/** An id, a DID, a name of the contact book, or a card's file, in this order. */
async function recipient(
  to: string,
  {
    args,
    session,
    context,
  }: {readonly args: Arguments; readonly session: Session; readonly context: CliContext},
): Promise<Contact> {
  const {signal} = context;
  const fetchCard = (id: SessionId): Promise<Contact> => session.client.fetchCard(id, signal);
  const sessionId = sessionIdFrom(to);
  if (sessionId !== undefined) return fetchCard(sessionId);
  if (to.startsWith('did:')) {
    const resolved = await didResolver(args, context).resolve(to);
    return contactOfDid(resolved, {fetchCard, allowUnverified: args.flag('unverified')});
  }
  const known = await new ContactBook(args).find(to);
  if (known !== undefined) return known;
  try {
    return (await contactFromFile(to, signal)).contact;
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'FILE_MISSING') throw error;
    throw usageError(`'${to.slice(0, 80)}' is no id, no name of a contact, and no card's file`);
  }
}

async function send(args: Arguments, context: CliContext): Promise<void> {
  const {signal} = context;
  // A passphrase is asked for before stdin is read: a terminal gives one after the other.
  const identity = await inboxIdentity(args, context);
  const content = await contentOf(args, signal);
  await using session = await openMessenger(args, context, identity);
  const to = await recipient(args.required('to'), {args, session, context});
  const sent = await session.client.send(to, content, signal);
  const data = {
    id: `0x${bytesToHex(sent.id)}`,
    to: bytesToHex(to.sessionId),
    swarmId: sent.swarmId,
    members: sent.members.map(nodeIdToString),
    coordinator: nodeIdToString(sent.coordinator),
    expiryMs: Number(sent.expiryMs),
  };
  await print(context, args, data, ({id, members, swarmId, expiryMs}) =>
    fields([
      ['stored', id],
      ['swarm', `${swarmId}, receipts of ${members.length} members`],
      ['until', new Date(expiryMs).toISOString()],
    ]),
  );
}

export const command: Command = {
  usage: 'send --to ID|DID|NAME|FILE TEXT|- [--key FILE] [--node ADDR] [--rpc URL]',
  help: `Seals a text for somebody and stores it with his swarm: only he can read it, for up to 14 days.

--to WHOM     the recipient's id (66 hex digits: his card is fetched from his outbox), his DID (the
              same, and the card must be of the DID's own key), a name of your contacts, or the
              file of a contact card
TEXT          the text; - reads it from stdin, without a last line break
--bytes       sends what is on stdin as it is, and not as a text
--unverified  takes a DID whose key only the identity chain's server vouches for
--json        id, swarm and members as JSON
${IDENTITY_HELP}
${CONTACTS_HELP}
${MESSENGER_HELP}

example: sessionvm send --to bob "Meet me at the lighthouse at nine."
         date | sessionvm send --to bob.card -`,
  options: {
    ...MESSENGER_OPTIONS,
    ...CONTACTS_OPTION,
    ...IDENTITY_OPTION,
    ...JSON_OPTION,
    to: {type: 'string'},
    unverified: {type: 'boolean'},
    bytes: {type: 'boolean'},
  },
  positionals: [1, 1],
  run: send,
};
