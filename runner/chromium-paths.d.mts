export declare function systemChromiums(platform: string, home: string): string[]
export declare function chooseChromium(wanted: string | undefined, candidates: string[]): { path: string } | { fault: string }
export declare const headlessShells: string[]
