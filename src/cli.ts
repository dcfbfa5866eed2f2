import { enableCompileCache } from 'node:module';

// Before anything else is loaded, which is most of what a command takes: hence the late import.
enableCompileCache();
await import('./dsync.ts');
