import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { cryptoContract } from '../contract/crypto.ts';

cryptoContract(nativeCrypto);
cryptoContract(portableCrypto);
