import type { Credential } from '../mqtt/credentials.ts';

/**
 * The dashboard's address with a sign-in: `http://127.0.0.1:8080/#viewer:password@9001/home`. A browser keeps the
 * fragment to itself, and the page takes it out of the address bar at once (page/connection.js reads it).
 */
export function dashboardLink(
  url: string,
  { username, password }: Credential,
  at: { readonly websocketPort: number; readonly site: string },
): string {
  return `${url}#${encodeURIComponent(username)}:${encodeURIComponent(password)}@${at.websocketPort}/${at.site}`;
}
