// Node 18 has WebCrypto, but not under the global name by which these libraries ask for it. Import this before them.
import {webcrypto} from 'node:crypto';

globalThis.crypto ??= webcrypto;
