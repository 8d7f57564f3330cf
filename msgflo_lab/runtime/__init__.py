"""What runs: coordinator, participants of this process, and those who watch. On asyncio."""
