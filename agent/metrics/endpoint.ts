import type { IncomingMessage, ServerResponse } from 'node:http';
import { userOf } from '../mqtt/access.ts';
import type { Credential } from '../mqtt/credentials.ts';
import { CONTENT_TYPE } from './exposition.ts';

export const METRICS_PATH = '/metrics';

export interface MetricsEndpoint {
  /** The text as of now; undefined as long as the agent starts. */
  readonly read: () => Promise<string> | undefined;
  /** Who may read it. Everybody when absent. */
  readonly reader?: Credential | undefined;
}

/** Answers a request for the metrics. Asks for the reader's name and password (HTTP Basic, RFC 7617). */
export async function answerScrape(
  request: IncomingMessage,
  response: ServerResponse,
  { read, reader }: MetricsEndpoint,
): Promise<void> {
  const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(405, 'only GET', { Allow: 'GET, HEAD' });
  }
  if (reader !== undefined && !isReader(request, reader)) {
    const challenge = { 'WWW-Authenticate': 'Basic realm="TinyLLM metrics", charset="UTF-8"' };
    return refuse(401, `log in as ${reader.username}, with the password in the state folder`, challenge);
  }
  try {
    const text = await read();
    if (text === undefined) return refuse(503, 'the agent starts', { 'Retry-After': '1' });
    const length = Buffer.byteLength(text);
    response.writeHead(200, { 'Content-Type': CONTENT_TYPE, 'Content-Length': length });
    response.end(request.method === 'HEAD' ? undefined : text);
  } catch (error) {
    refuse(500, `the metrics cannot be read: ${(error as Error).message}`);
  }
}

function isReader({ headers: { authorization = '' } }: IncomingMessage, reader: Credential): boolean {
  const encoded = /^basic +([a-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return false;
  const [username, password] = splitAtFirst(Buffer.from(encoded, 'base64').toString(), ':');
  return userOf({ [reader.username]: reader }, username, Buffer.from(password)) !== undefined;
}

function splitAtFirst(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
