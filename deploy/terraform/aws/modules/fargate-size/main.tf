# The least that Fargate sells of at least so much.

variable "cpu" {
  description = "Processors."
  type        = number
}

variable "memory_mib" {
  description = "Memory in MiB."
  type        = number
}

locals {
  # Fargate sells fixed sizes: processors in units of 1/1024, and for each a range of memory in MiB.
  sizes = [
    { cpu = 256, memory = [512, 1024, 2048] },
    { cpu = 512, memory = [for gib in range(1, 5) : gib * 1024] },
    { cpu = 1024, memory = [for gib in range(2, 9) : gib * 1024] },
    { cpu = 2048, memory = [for gib in range(4, 17) : gib * 1024] },
    { cpu = 4096, memory = [for gib in range(8, 31) : gib * 1024] },
    { cpu = 8192, memory = [for gib in range(16, 61, 4) : gib * 1024] },
    { cpu = 16384, memory = [for gib in range(32, 121, 8) : gib * 1024] },
  ]
  fitting = [
    for size in local.sizes : { cpu = size.cpu, memory = min([for memory in size.memory : memory if memory >= var.memory_mib]...) }
    if size.cpu >= var.cpu * 1024 && max(size.memory...) >= var.memory_mib
  ]
}

output "cpu" {
  description = "Processors, in units of 1/1024."
  value       = local.fitting[0].cpu
}

output "memory" {
  description = "Memory in MiB."
  value       = local.fitting[0].memory
}
