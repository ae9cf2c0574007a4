export declare const youngGeneration: string;
