export function compileCacheDirectory(env: NodeJS.ProcessEnv): string;
