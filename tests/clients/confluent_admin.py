admin_commands = {}
