import type { IncomingMessage } from 'node:http';

/** The host name of a request, without the port; undefined when there is none, or when it could break a header. */
export function hostOf(request: IncomingMessage): string | undefined {
  return /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/i.exec(request.headers.host ?? '')?.[1];
}

/** What a request asks for, without its query. */
export const pathOf = ({ url }: IncomingMessage): string => url!.split('?', 1)[0]!;

export const isLoopback = (host: string): boolean => /^(127(\.\d+){3}|localhost|\[?::1\]?)$/i.test(host);

/** As it stands in a URL. */
export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);
