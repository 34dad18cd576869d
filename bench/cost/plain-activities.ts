export function createPlainActivities(baseUrl: string, apiKey: string) {
  return {
    getStatus: async (jobId: string): Promise<string> => {
      const response = await fetch(`${baseUrl}/api/getJobStatus?jobId=${jobId}`, { headers: { 'x-api-key': apiKey } });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const { status } = (await response.json()) as { status: string };
      return status;
    },
  };
}
