import { X509Certificate } from 'node:crypto';
import type { CertificateHealth } from '../../protocols/topics.ts';
import type { Log } from '../log.ts';

/** What PEM files hold. */
export interface PemFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface LiveCertificateOptions<Pem extends PemFiles> {
  /** What it is called where its files are named, such as `broker.tls`. */
  readonly name: string;
  /** Throws when the files are no good. */
  readonly read: (log: Log) => Promise<Pem>;
  readonly log: Log;
}

/** Who renews certificates does so weeks before they end: a minute is soon enough, and the files are small. */
const CHECK_EVERY_MS = 60_000;

/**
 * Certificates as they stand on disk, while somebody uses them: renewed ones are taken up, and those in use stay while the
 * files are no good.
 */
export class LiveCertificate<Pem extends PemFiles = PemFiles> {
  readonly name: string;
  readonly #read: () => Promise<Pem>;
  readonly #log: Log;
  readonly #uses: ((pem: Pem) => void)[] = [];
  #now!: Pem;
  #renewed = 0;
  #problem: string | null = null;
  #checked: Promise<void> = Promise.resolve();

  private constructor({ name, read, log }: LiveCertificateOptions<Pem>) {
    this.name = name;
    this.#log = log;
    const telling = onceEach(log);
    this.#read = () => read(telling);
  }

  /** Throws what `read` throws. */
  static async open<Pem extends PemFiles>(
    options: LiveCertificateOptions<Pem>,
  ): Promise<LiveCertificate<Pem>> {
    const live = new LiveCertificate(options);
    live.#now = await live.#read();
    return live;
  }

  get now(): Pem {
    return this.#now;
  }

  get health(): CertificateHealth {
    return { endsMs: endOf(this.#now), renewed: this.#renewed, problem: this.#problem };
  }

  /** `use` is given each that takes over; when it throws, the one before stays. */
  onRenewed(use: (pem: Pem) => void): void {
    this.#uses.push(use);
  }

  /** Look at the files until the function that this returns is called. */
  watch(): () => void {
    const timer = setInterval(() => void this.check(), CHECK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /** Look at the files now, one look after the other: an older one must not undo a newer. Never rejects. */
  check(): Promise<void> {
    this.#checked = this.#checked.then(() => this.#check());
    return this.#checked;
  }

  async #check(): Promise<void> {
    try {
      const next = await this.#read();
      if (!isSame(next, this.#now)) this.#takeUp(next);
      this.#problem = null;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#problem) this.#log.warn(`${this.name}: ${message}; the one in use stays`);
      this.#problem = message;
    }
  }

  #takeUp(next: Pem): void {
    for (const use of this.#uses) use(next);
    this.#now = next;
    this.#renewed++;
    const ends = new Date(endOf(next)).toISOString().slice(0, 10);
    this.#log.info(`${this.name}: renewed on disk, and taken up; ends on ${ends}`);
  }
}

/** What can be asked of one, whoever uses it. */
export type CertificateInUse = Pick<LiveCertificate, 'name' | 'health' | 'check'>;

/** Epoch milliseconds: of our own certificate, or of the authority where we have none. */
const endOf = ({ cert, ca }: PemFiles): number => Date.parse(new X509Certificate((cert ?? ca)!).validTo);

const isSame = (a: PemFiles, b: PemFiles): boolean =>
  (['ca', 'cert', 'key'] as const).every((part) => {
    const [one, other] = [a[part], b[part]];
    return one === other || (one !== undefined && other !== undefined && one.equals(other));
  });

/** The files are read every minute; what is to be said of them is said once. */
function onceEach(log: Log): Log {
  const told = new Set<string>();
  const warn: Log['warn'] = (message, fields) => {
    if (!told.has(message)) log.warn(message, fields);
    told.add(message);
  };
  return { ...log, warn };
}
